from qianjiang_portal.testing_browser import base_url, browser_context_args, errors, sign_in

__all__ = ["base_url", "browser_context_args", "errors", "sign_in"]
