"""Whom ClickHouse's refusal of an insert blames: the bytes, or how the server is set up. Often it does not say."""

from typing import Final

from spanmill_store.errors import QueryRejected

THE_SERVER: Final = frozenset(
    {
        16,  # NO_SUCH_COLUMN_IN_TABLE: a newer spanmill has not migrated yet
        47,  # UNKNOWN_IDENTIFIER: the view does not fit its table
        60,  # UNKNOWN_TABLE: not migrated yet
        81,  # UNKNOWN_DATABASE: not created yet
        115,  # UNKNOWN_SETTING: the server is too old
        164,  # READONLY: the user may not write
        192,  # UNKNOWN_USER
        193,  # WRONG_PASSWORD
        194,  # REQUIRED_PASSWORD
        195,  # IP_ADDRESS_NOT_ALLOWED
        201,  # QUOTA_EXCEEDED
        452,  # SETTING_CONSTRAINT_VIOLATION
        497,  # ACCESS_DENIED
        516,  # AUTHENTICATION_FAILED
    }
)
"""The same bytes must be kept and sent again when that is mended."""

THE_DATA: Final = frozenset(
    {
        27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
        32,  # ATTEMPT_TO_READ_AFTER_EOF
        33,  # CANNOT_READ_ALL_DATA
        38,  # CANNOT_PARSE_DATE
        41,  # CANNOT_PARSE_DATETIME
        69,  # ARGUMENT_OUT_OF_BOUND
        72,  # CANNOT_PARSE_NUMBER
        117,  # INCORRECT_DATA
        128,  # TOO_LARGE_ARRAY_SIZE
        131,  # TOO_LARGE_STRING_SIZE
        321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        395,  # FUNCTION_THROW_IF_VALUE_IS_NON_ZERO
        407,  # DECIMAL_OVERFLOW
        436,  # PROTOBUF_BAD_CAST
        444,  # UNKNOWN_PROTOBUF_FORMAT
    }
)
"""These bytes will never be accepted. Any other code is doubtful: a server in trouble may use it for good requests."""


def blames_the_server(rejection: QueryRejected) -> bool:
    """Whether *rejection* says that the server is not set up for such an insert."""
    return rejection.code in THE_SERVER


def blames_the_data(rejection: QueryRejected) -> bool:
    """Whether *rejection* says that these bytes will never be accepted."""
    return rejection.code in THE_DATA
