"""
Asks, as the reader of ``deploy/clickhouse/reader.xml``, what is on standard input, and prints the answers as JSON.

The engine in this process has only its default user, so that one is given the reader's profile, quota and grants. It
takes no constraint that may be changed in read-only mode, so that mark is left out.
"""

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import chdb

_USERS = """
<clickhouse>
    <profiles><default/>{profile}</profiles>
    <quotas><default/>{quota}</quotas>
    <users><default>{user}</default></users>
</clickhouse>
"""
_CONFIG = """
<clickhouse>
    <users_config>{users}</users_config>
    <user_directories><users_xml><path>{users}</path></users_xml></user_directories>
    <logger><level>none</level></logger>
</clickhouse>
"""


def configured(reader: Path, folder: Path) -> Path:
    """Write the engine's configuration with the user of *reader* as its default one."""
    root = ET.parse(reader).getroot()
    for constraint in root.findall("profiles/*/constraints/*"):
        for mark in constraint.findall("changeable_in_readonly"):
            constraint.remove(mark)
    [profile], [quota], [user] = (list(root.find(name) or ()) for name in ("profiles", "quotas", "users"))
    for password in user.findall("password"):
        password.attrib.clear()
    parts = "".join(ET.tostring(part, "unicode") for part in user)
    users, config = folder / "users.xml", folder / "config.xml"
    users.write_text(
        _USERS.format(profile=ET.tostring(profile, "unicode"), quota=ET.tostring(quota, "unicode"), user=parts)
    )
    config.write_text(_CONFIG.format(users=users))
    return config


def main() -> None:
    """Ask one statement after the other."""
    reader, data, folder = map(Path, sys.argv[1:])
    connection = chdb.connect(f"{data}?config-file={configured(reader, folder)}")
    answers = {}
    for statement in json.load(sys.stdin):
        try:
            answers[statement] = str(connection.query(statement, "TSV"))
        except RuntimeError as error:
            answers[statement] = f"Error: {error}"
    print(json.dumps(answers))  # noqa: T201 - this is what the test reads


if __name__ == "__main__":
    main()
