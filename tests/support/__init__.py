"""Test doubles and servers that several test folders share."""
