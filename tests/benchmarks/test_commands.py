"""Wrong calls of the benchmarks."""

import pytest

from benchmarks.__main__ import main


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["magic"], "there is no part `magic`; there are peers, startup"),
        (["--graders", "magic"], "there is no grader `magic`"),
        (["--graders", "nbgrader"], "`nbgrader` needs --peers DIR"),
        (
            ["--graders", "otter", "--peers", ".", "--exercises", "all"],
            "`otter` cannot be asked all exercises",
        ),
        (["batch", "--sizes", "40,1"], "takes at least 2"),
    ],
)
def test_a_wrong_call_is_refused(options, message, capsys):
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
