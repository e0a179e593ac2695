"""Queries as forms, which drivers send where a URL gets too long."""

import pytest

from support.http_query import Ask

pytestmark = pytest.mark.clickhouse


def form(**fields: str) -> tuple[str, dict[str, str]]:
    """A body of multipart/form-data with *fields*, and its headers."""
    parts = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    return f"{parts}--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


def test_a_form_carries_query_and_parameters(ask: Ask) -> None:
    """What drivers put into a form where the URL would get too long counts like the URL's parameters."""
    body, headers = form(query="SELECT length({text:String})", param_text="x" * 100_000)
    assert ask(body, headers=headers).text == "100000\n"


def test_files_in_a_form_are_refused(ask: Ask) -> None:
    """External tables are not there, and the answer says so in ClickHouse's form."""
    body, headers = form(query="SELECT 1")
    body = body.replace('name="query"', 'name="table"; filename="rows.csv"')
    reply = ask(body, headers=headers)
    assert (reply.status, reply.headers["x-clickhouse-exception-code"]) == (501, "48")
    assert "External table 'table'" in reply.text


def test_a_broken_form_is_refused(ask: Ask) -> None:
    """A form without its edges is an error of the client's."""
    reply = ask("nothing of the kind", headers={"Content-Type": "multipart/form-data; boundary=edge"})
    assert reply.status in {400, 404}
    assert "DB::Exception" in reply.text
