"""What happens most to learners: what they wrote, and which exercise it was for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What a learner wrote.

    Attributes
    ----------
    name : str
        What it is called in the golden files.
    about : str
        What happened, in a sentence.
    exercise : str
        The exercise that is checked.
    cells : tuple of str or Mapping
        The notebook: sources of code cells, or cells as they stand.
    with_course : bool
        Whether `grader check` has the course's folder, as for checks that no notebook can bring.
    every : bool
        Whether hidden checks run too, as `grader check --all` does with the course's folder.
    in_kernel : bool
        Whether `%check` is tried: what a cell does to its process happens in a session alone.
    """

    name: str
    about: str
    exercise: str
    cells: tuple[str | Mapping[str, Any], ...]
    with_course: bool = False
    every: bool = False
    in_kernel: bool = True


def _markdown(source: str) -> Mapping[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _of(
    exercise: str, name: str, about: str, *cells: str | Mapping[str, Any], **how: Any
) -> Situation:
    return Situation(name=name, about=about, exercise=exercise, cells=cells, **how)


def _loss(name: str, about: str, *cells: str, **how: Any) -> Situation:
    return _of("mean_loss", name, about, *cells, **how)


_RIGHT_LOSS = """\
def mean_loss(y, y_hat):
    return sum((one - other) ** 2 for one, other in zip(y, y_hat)) / len(y)
"""
_STARTER = """\
def mean_loss(y, y_hat):
    ...
"""

SITUATIONS = (
    # Nothing to check, or not under that name
    _loss("empty_notebook", "Nothing was written."),
    _loss("untouched_starter", "The starter is as it was handed out.", _STARTER),
    _loss("misspelt_name", "The function has another name.", _RIGHT_LOSS.replace("mean", "Mean")),
    _of(
        "mean_loss",
        "answer_in_markdown",
        "The answer stands in a Markdown cell.",
        "import numpy as np",
        _markdown(_RIGHT_LOSS),
    ),
    _loss(
        "syntax_error",
        "The colon is missing.",
        _RIGHT_LOSS.replace("y_hat):", "y_hat)", 1),
    ),
    _loss(
        "cell_with_exception_above",
        "The cell raises before it defines the function.",
        "learning_rate = 1 / 0\n\n" + _RIGHT_LOSS,
    ),
    _loss(
        "overwritten_by_result",
        "The function's name is given to a result.",
        _RIGHT_LOSS,
        "mean_loss = mean_loss([1.0], [2.0])",
    ),
    _loss("starter_below", "A copy of the starter follows the answer.", _RIGHT_LOSS, _STARTER),
    _loss(
        "defined_twice",
        "A wrong second definition hides the right one.",
        _RIGHT_LOSS,
        "def mean_loss(y, y_hat):\n    return 0.0\n",
    ),
    # Python
    _loss(
        "list_minus_list",
        "Lists are subtracted.",
        "def mean_loss(y, y_hat):\n    d = y - y_hat\n    return (d ** 2).mean()\n",
    ),
    _loss(
        "nothing_returned",
        "The return is forgotten.",
        "def mean_loss(y, y_hat):\n"
        "    loss = sum((a - b) ** 2 for a, b in zip(y, y_hat)) / len(y)\n",
    ),
    _loss(
        "printed_not_returned",
        "The result is printed.",
        "def mean_loss(y, y_hat):\n"
        "    print(sum((a - b) ** 2 for a, b in zip(y, y_hat)) / len(y))\n",
    ),
    _loss(
        "missing_import",
        "numpy is imported in no cell.",
        "def mean_loss(y, y_hat):\n    return np.mean((np.array(y) - np.array(y_hat)) ** 2)\n",
    ),
    _loss(
        "deleted_helper",
        "The cell with a helper was deleted.",
        "def mean_loss(y, y_hat):\n"
        "    return sum(square(a - b) for a, b in zip(y, y_hat)) / len(y)\n",
    ),
    _loss(
        "too_few_arguments",
        "The function takes one argument.",
        "def mean_loss(errors):\n    return sum(e ** 2 for e in errors) / len(errors)\n",
    ),
    _loss(
        "endless_loop",
        "The counter does not grow.",
        "def mean_loss(y, y_hat):\n"
        "    i, total = 0, 0.0\n"
        "    while i < len(y):\n"
        "        total += (y[i] - y_hat[i]) ** 2\n"
        "    return total / len(y)\n",
    ),
    _loss(
        "endless_loop_in_a_cell",
        "A cell above does not end.",
        "i = 0\nwhile i < 10:\n    j = i + 1\n",
        _RIGHT_LOSS,
        in_kernel=False,
    ),
    _loss(
        "changed_in_place",
        "The input is changed.",
        "def mean_loss(y, y_hat):\n"
        "    for i in range(len(y)):\n"
        "        y[i] = (y[i] - y_hat[i]) ** 2\n"
        "    return sum(y) / len(y)\n",
    ),
    _loss(
        "text_for_number",
        "The result is formatted as text.",
        "def mean_loss(y, y_hat):\n"
        "    loss = sum((a - b) ** 2 for a, b in zip(y, y_hat)) / len(y)\n"
        "    return f'{loss:.3f}'\n",
    ),
    _loss(
        "list_for_number",
        "Each square is returned, not their mean.",
        "def mean_loss(y, y_hat):\n    return [(a - b) ** 2 for a, b in zip(y, y_hat)]\n",
    ),
    _loss(
        "index_error",
        "The loop runs one step too far.",
        "def mean_loss(y, y_hat):\n"
        "    return sum((y[i + 1] - y_hat[i]) ** 2 for i in range(len(y))) / len(y)\n",
    ),
    # Numbers
    _loss(
        "named_mistake",
        "The sum is taken for the mean.",
        "def mean_loss(y, y_hat):\n    return sum((a - b) ** 2 for a, b in zip(y, y_hat))\n",
    ),
    _loss(
        "right_up_to_a_factor",
        "One half is left in front.",
        "def mean_loss(y, y_hat):\n"
        "    return sum((a - b) ** 2 for a, b in zip(y, y_hat)) / (2 * len(y))\n",
    ),
    _loss(
        "opposite_sign",
        "The loss is negative.",
        "def mean_loss(y, y_hat):\n"
        "    return -sum((a - b) ** 2 for a, b in zip(y, y_hat)) / len(y)\n",
    ),
    _of(
        "orderings",
        "integer_overflow",
        "Whole numbers of numpy wrap around.",
        "import numpy as np\n\n\ndef orderings(n):\n    return np.prod(np.arange(1, n + 1))\n",
    ),
    _of(
        "orderings",
        "too_many_zeros",
        "It counts from 0.",
        "import numpy as np\n\n\ndef orderings(n):\n    return np.prod(np.arange(n))\n",
    ),
    _loss(
        "nan_for_a_number",
        "infinity minus infinity.",
        "import numpy as np\n\n\n"
        "def mean_loss(y, y_hat):\n"
        "    y, y_hat = np.array(y), np.array(y_hat)\n"
        "    return np.mean(np.log(y * 0.0) - np.log(y_hat * 0.0))\n",
    ),
    _loss(
        "works_on_what_is_shown",
        "It raises for inputs that are hidden.",
        "def mean_loss(y, y_hat):\n"
        "    a, b, *rest = [(one - other) ** 2 for one, other in zip(y, y_hat)]\n"
        "    return (a + b + sum(rest)) / len(y)\n",
        every=True,
        in_kernel=False,
    ),
    _of(
        "entropy",
        "log_of_zero",
        "log(0) for an outcome that never comes.",
        "import math\n\n\n"
        "def entropy(p):\n"
        "    return -p * math.log(p) - (1 - p) * math.log(1 - p)\n",
    ),
    _of(
        "entropy",
        "nan_by_zero_times_infinity",
        "0 times log(0) in numpy.",
        "import numpy as np\n\n\n"
        "def entropy(p):\n"
        "    return -p * np.log(p) - (1 - p) * np.log(1 - p)\n",
    ),
    _of(
        "best_p",
        "wrong_value",
        "A variable holds another number.",
        "best_p = 0.5",
    ),
    _of(
        "best_p",
        "tuple_by_a_comma",
        "A comma behind the number makes a tuple.",
        "best_p = 2 / 3,",
    ),
    # Arrays and iterators
    _of(
        "softmax",
        "wrong_shape",
        "A column in place of a row.",
        "import numpy as np\n\n\n"
        "def softmax(scores):\n"
        "    powers = np.exp(np.array(scores)).reshape(-1, 1)\n"
        "    return powers / powers.sum()\n",
    ),
    _of(
        "softmax",
        "shapes_that_do_not_fit",
        "Arrays of two lengths are divided.",
        "import numpy as np\n\n\n"
        "def softmax(scores):\n"
        "    return np.exp(scores) / np.cumsum(np.exp(scores))[1:]\n",
    ),
    _of(
        "softmax",
        "generator_for_an_array",
        "Round brackets make a generator.",
        "import math\n\n\n"
        "def softmax(scores):\n"
        "    total = sum(map(math.exp, scores))\n"
        "    return (math.exp(s) / total for s in scores)\n",
    ),
    _of(
        "softmax",
        "map_for_an_array",
        "map holds no values yet.",
        "import math\n\n\n"
        "def softmax(scores):\n"
        "    total = sum(map(math.exp, scores))\n"
        "    return map(lambda s: math.exp(s) / total, scores)\n",
    ),
    _of(
        "softmax",
        "too_much_memory",
        "A table far too large.",
        "import numpy as np\n\n\n"
        "def softmax(scores):\n"
        "    return np.ones((10 ** 7, 10 ** 7))[0, :3]\n",
    ),
    _of(
        "count_heads",
        "yield_for_return",
        "yield in place of return.",
        "def count_heads(flips):\n    yield flips.count('H')\n",
    ),
    # Other kinds of answers
    _of(
        "shown",
        "printed_text",
        "What is printed is something else.",
        "total = sum(range(1, 10))\nprint('total =', total)\n",
        with_course=True,
        in_kernel=False,
    ),
    _of(
        "derived",
        "derivation_line_wrong",
        "A factor is dropped with an equals sign.",
        'derivation = """\n'
        "n log(sigma) + 1/(2 sigma^2) sum((y_i - y_hat_i)^2)\n"
        "= sum((y_i - y_hat_i)^2)\n"
        "~ 1/n sum((y_i - y_hat_i)^2)\n"
        '"""',
    ),
    _of(
        "derived",
        "derivation_too_short",
        "The middle is left out.",
        'derivation = """\n'
        "n log(sigma) + 1/(2 sigma^2) sum((y_i - y_hat_i)^2)\n"
        "~ 1/n sum((y_i - y_hat_i)^2)\n"
        '"""',
    ),
    _of(
        "derived",
        "derivation_cannot_be_read",
        "A bracket is missing.",
        'derivation = """\n'
        "n log(sigma) + 1/(2 sigma^2) sum((y_i - y_hat_i)^2\n"
        "~ 1/n sum((y_i - y_hat_i)^2)\n"
        '"""',
    ),
    _of(
        "quiz",
        "quiz_answered",
        "Both questions are answered, one of them wrongly.",
        'answers = {"loss": "squared", "outliers": "absolute"}',
    ),
    _of(
        "quiz",
        "quiz_key_misspelt",
        "The key of a question is misspelt.",
        'answers = {"losss": "squared", "outliers": "squared"}',
    ),
    _of(
        "quiz",
        "quiz_choice_misspelt",
        "A choice is misspelt.",
        'answers = {"loss": "sqared", "outliers": "both"}',
    ),
    # The notebook's surroundings
    _loss(
        "file_not_there",
        "A file of the learner's own machine is read.",
        'data = open("measurements.csv").read()\n\n' + _RIGHT_LOSS,
    ),
    _loss(
        "package_not_there",
        "A package is imported that is not there.",
        "import seaborn as sns\n\n" + _RIGHT_LOSS,
        in_kernel=False,
    ),
    _loss(
        "pip_in_a_cell",
        "A package is installed in the cell of the answer.",
        "%pip install seaborn\n\n" + _RIGHT_LOSS,
        in_kernel=False,
    ),
    _loss(
        "memory_runs_out_in_a_cell",
        "A list is made that no machine can hold.",
        "zeros = [0] * 10 ** 12\n\n" + _RIGHT_LOSS,
        in_kernel=False,
    ),
)
