r"""How the parts of a formula may be spelled: plain text, LaTeX and Unicode are one language."""

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
    "ell": ("name", "ell"),
    "mid": ("|", "|"),
    "lbrack": ("[", "["),
    "rbrack": ("]", "]"),
    "lbrace": ("{", "{"),
    "rbrace": ("}", "}"),
    "coloneqq": ("=", "="),
    "triangleq": ("=", "="),
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
    **{sign: (sign, sign) for sign in "+-*/^_()[]{}|=~,;."},
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
    "`": ("space", ""),
    "≔": ("=", "="),
    "½": ("number", "0.5"),
    "¼": ("number", "0.25"),
    "¾": ("number", "0.75"),
}
"""Kind and text of the token that a single character stands for."""

RAISED = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)),
    "ⁿ": "n",
    "ⁱ": "i",
    "⁺": "+",
    "⁻": "-",
    "⁽": "(",
    "⁾": ")",
}
"""What small letters above the line stand for."""

LOWERED = {
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
    "ᵢ": "i",
    "ⱼ": "j",
    "ₖ": "k",
    "ₙ": "n",
    "₌": "=",
    "₊": "+",
    "₋": "-",
}
"""What small letters below the line stand for."""

_HOW = "write `=` if both are equal, `~` if the same values are best"
_PROPORTIONAL = f"`∝` says nothing of added terms: {_HOW}"
_ARROW = f"an arrow does not say how a line follows: {_HOW}"
_NEARLY = f"nothing is nearly equal here: {_HOW}"
REFUSED = {
    **dict.fromkeys(("∝", "\\propto"), _PROPORTIONAL),
    **dict.fromkeys(("⇒", "→", "⟹", "⇔", "\\Rightarrow", "\\implies", "\\iff"), _ARROW),
    **dict.fromkeys(("\\rightarrow", "\\to", "\\Leftrightarrow", "\\longrightarrow"), _ARROW),
    **dict.fromkeys(("≈", "≅", "≡", "\\approx", "\\cong", "\\equiv"), _NEARLY),
    **dict.fromkeys(("…", "\\dots", "\\cdots", "\\ldots"), "dots leave a part out: write a sum"),
}
"""What is refused with more to say than that it is not part of the language."""
