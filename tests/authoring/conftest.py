"""The command, as the tests of the command line call it."""

from tests.cli.conftest import grader as grader
