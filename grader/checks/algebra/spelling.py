r"""How the parts of a formula may be spelled: plain text, LaTeX and Unicode are one language."""

from __future__ import annotations

__all__ = ["COMMANDS", "GREEK", "LETTERS", "SIGNS", "WORDS"]

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
LETTERS = {letter: name for name, letter in GREEK.items()}

WORDS = {
    "exp": ("function", "exp"),
    "log": ("function", "log"),
    "ln": ("function", "log"),
    "sqrt": ("function", "sqrt"),
    "abs": ("function", "abs"),
    "sum": ("big", "sum"),
    "prod": ("big", "product"),
    "product": ("big", "product"),
}
"""Kind and text of the token that a plain word stands for; other words are names."""

_SPACES = (
    ", ; : !", "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr",
    "quad qquad displaystyle textstyle limits nolimits nonumber notag",
)  # fmt: skip

COMMANDS = {
    **{name: ("name", name) for name in GREEK},
    **{name: WORDS[name] for name in ("exp", "log", "ln", "sqrt", "sum", "prod")},
    **{name: ("space", "") for group in _SPACES for name in group.split()},
    " ": ("space", ""),
    "varepsilon": ("name", "epsilon"),
    "frac": ("frac", "frac"),
    "dfrac": ("frac", "frac"),
    "tfrac": ("frac", "frac"),
    "hat": ("hat", "hat"),
    "widehat": ("hat", "hat"),
    "cdot": ("*", "*"),
    "times": ("*", "*"),
    "ast": ("*", "*"),
    "div": ("/", "/"),
    "vert": ("|", "|"),
    "lvert": ("|", "|"),
    "rvert": ("|", "|"),
    "{": ("{", "{"),
    "}": ("}", "}"),
    "sim": ("~", "~"),
    "simeq": ("~", "~"),
}
"""Kind and text of the token that a LaTeX command (without its backslash) stands for."""

SIGNS = {
    **{sign: (sign, sign) for sign in "+-*/^_()[]{}|=~,"},
    "−": ("-", "-"),
    "–": ("-", "-"),
    "·": ("*", "*"),
    "⋅": ("*", "*"),
    "×": ("*", "*"),
    "∗": ("*", "*"),
    "÷": ("/", "/"),
    "∑": ("big", "sum"),
    "Σ": ("big", "sum"),
    "∏": ("big", "product"),
    "Π": ("big", "product"),
    "√": ("function", "sqrt"),
    "∼": ("~", "~"),
    "≃": ("~", "~"),
    "$": ("space", ""),
    "&": ("space", ""),
}
"""Kind and text of the token that a single character stands for."""
