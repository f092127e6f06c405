"""The office computer of the demonstration room's tests."""

from demos.tests.browser.conftest import base_url, browser_context_args, errors, sign_in

__all__ = ["base_url", "browser_context_args", "errors", "sign_in"]
