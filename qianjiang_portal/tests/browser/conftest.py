from qianjiang_portal.testing_browser import base_url, browser_context_args, context, errors, page, room, sign_in

__all__ = ["base_url", "browser_context_args", "context", "errors", "page", "room", "sign_in"]
