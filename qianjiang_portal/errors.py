"""What an error report to a collector holds: where and how it broke, and the request's number; nothing of people."""

from typing import Any

KEPT_OF_A_REQUEST = ("method",)


def without_people(event: Any, hint: dict[str, Any]) -> Any:
    """Leave out addresses with numbers and names in them, headers, and the rows that the database quotes."""
    from django_guid import get_guid

    request = event.get("request", {})
    event["request"] = {name: request[name] for name in KEPT_OF_A_REQUEST if name in request}
    for left_out in ("user", "extra", "breadcrumbs"):
        event.pop(left_out, None)
    for exception in event.get("exception", {}).get("values", []):
        # «Key (head_name)=(…) already exists» stands in the second line.
        exception["value"] = str(exception.get("value") or "").partition("\n")[0]
    event.setdefault("tags", {})["request"] = get_guid()
    return event


def report_to(dsn: str) -> None:
    """Send errors of web, workers and commands to a collector of Sentry's protocol."""
    import sentry_sdk
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=dsn,
        # The route's name, as in log and figures: an address holds numbers of households.
        integrations=[DjangoIntegration(transaction_style="function_name")],
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        before_send=without_people,
    )
