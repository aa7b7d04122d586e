"""The spellings of formulas: plain text, LaTeX and Unicode are one language."""

from __future__ import annotations

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
    "middle biggm Biggm bigm Bigm quad qquad displaystyle textstyle limits nolimits nonumber notag",
    "ensuremath boxed mathstrut strut allowbreak nobreak ( )",
)  # fmt: skip

_COMMANDS = {
    ("name", "epsilon"): "varepsilon",
    ("name", "ell"): "ell",
    ("frac", "frac"): "frac dfrac tfrac",
    ("hat", "hat"): "hat widehat",
    ("*", "*"): "cdot times ast",
    ("/", "/"): "div",
    ("|", "|"): "mid vert lvert rvert",
    ("[", "["): "lbrack",
    ("]", "]"): "rbrack",
    ("{", "{"): "lbrace {",
    ("}", "}"): "rbrace }",
    ("=", "="): "coloneqq triangleq",
    ("~", "~"): "sim simeq",
}
COMMANDS = {
    **{name: ("name", name) for name in GREEK},
    **{name: WORDS[name] for name in ("exp", "log", "ln", "sqrt", "sum", "prod")},
    **{name: ("space", "") for group in _SPACES for name in (*group.split(), " ")},
    **{name: meaning for meaning, names in _COMMANDS.items() for name in names.split()},
}
"""Kind and text of the token that a LaTeX command (without its backslash) stands for."""

_SIGNS = {
    ("-", "-"): "−–",
    ("*", "*"): "·⋅×∗",
    ("/", "/"): "÷",
    ("big", "sum"): "∑Σ",
    ("big", "product"): "∏Π",
    ("function", "sqrt"): "√",
    ("~", "~"): "∼≃",
    ("space", ""): "$&`",
    ("=", "="): "≔",
    ("number", "0.5"): "½",
    ("number", "0.25"): "¼",
    ("number", "0.75"): "¾",
}
SIGNS = {
    **{sign: (sign, sign) for sign in "+-*/^_()[]{}|=~,;."},
    **{sign: meaning for meaning, signs in _SIGNS.items() for sign in signs},
}
"""Kind and text of the token that a single character stands for."""

RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿⁱ⁺⁻⁽⁾", "0123456789ni+-()", strict=True))
"""Meaning of superscript characters."""

LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙ₌₊₋", "0123456789ijkn=+-", strict=True))
"""Meaning of subscript characters."""

_HOW = "write `=` if both are equal, `~` if the same values are best"
_PROPORTIONAL = f"`∝` does not allow added terms: {_HOW}"
_ARROW = f"an arrow does not say how a line follows: {_HOW}"
_NEARLY = f"nothing is nearly equal here: {_HOW}"
REFUSED = {
    **dict.fromkeys(("∝", "\\propto"), _PROPORTIONAL),
    **dict.fromkeys(("⇒", "→", "⟹", "⇔", "\\Rightarrow", "\\implies", "\\iff"), _ARROW),
    **dict.fromkeys(("\\rightarrow", "\\to", "\\Leftrightarrow", "\\longrightarrow"), _ARROW),
    **dict.fromkeys(("≈", "≅", "≡", "\\approx", "\\cong", "\\equiv"), _NEARLY),
    **dict.fromkeys(("…", "\\dots", "\\cdots", "\\ldots"), "dots leave a part out: write a sum"),
}
"""Messages for refused spellings that need more than "not part of the language"."""
