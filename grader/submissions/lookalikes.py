"""Names that look alike although they differ: possibly one student, but never merged.

Two spellings look alike if they differ only in Unicode's compatibility form, case, spaces,
invisible characters, or letters of other alphabets that have the shape of a Latin one. A table of
these alphabets is enough for the names of a class. The library `confusable-homoglyphs` compares one
letter at a time, reads a megabyte for that, and was last updated in January 2024.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from grader.results import LookAlike

# From Unicode Technical Standard 39, version 15.1, confusables.txt: the characters of the alphabets
# of Europe, of Cherokee and of Lisu that have the shape of a letter or a digit. Small letters that
# are drawn like Latin capitals (в, к, м, н, т) go with their capitals.
_SHAPES = {
    "a": "ɑαа", "b": "ƄЬьᏏв", "c": "ᴄϲⲥсꮯ", "d": "ԁᏧ", "e": "ꬲеҽε", "f": "ꬵꞙẝք", "g": "ɡᶃց",
    "h": "һհᏂн", "i": "ıɪɩιіꙇӏꭵᎥ", "j": "ϳјȷյ", "k": "кκ", "l": "ǀⲒӀ", "m": "м", "n": "ոռη",
    "o": "ᴏᴑοσⲟоօ", "p": "ρⲣр", "q": "ԛգզ", "r": "ꭇꭈᴦⲅгꮁ", "s": "ꜱѕꮪ", "t": "τт", "u": "ꞟᴜꭎꭒʋυս",
    "v": "ᴠνѵꮩ", "w": "ɯᴡѡԝաꮃ", "x": "хχ", "y": "ɣʏỿꭚγуү", "z": "ᴢꮓ",
    "A": "ΑАᎪꓮ", "B": "ꞴΒВᏴꓐ", "C": "ϹⲤСᏟꓚ", "D": "Ꭰꓓ", "E": "ΕЕᎬꓰ", "F": "ꞘϜꓝ", "G": "ԌᏀᏳꓖ",
    "H": "ΗⲎНᎻꓧ", "I": "ΙІꓲ", "J": "ꞲͿЈᎫꓙ", "K": "ΚⲔКᏦꓗ", "L": "ⳐᏞꓡ", "M": "ΜϺⲘМᎷꓟ", "N": "ΝⲚꓠ",
    "O": "ΟⲞОՕꓳ", "P": "ΡⲢРᏢꓑ", "R": "ƦᎡᏒꓣ", "S": "ЅՏᏕᏚꓢ", "T": "ΤⲦТᎢꓔ", "U": "Սꓴ", "V": "ѴᏙꓦ",
    "W": "ԜᎳᏔꓪ", "X": "ꞳΧⲬХꓫ", "Y": "ΥⲨУҮᎩᎽꓬ", "Z": "ΖᏃꓜ", "2": "ꝚƧϨꙄ", "3": "ꞫȜƷꝪⳌЗзӠ",
    "4": "Ꮞ", "5": "Ƽ", "6": "ⳒбᏮ", "8": "Ȣȣ", "9": "ꝮⳊ",
    "-": "‐‑‒–—―−⁃﹘➖", "'": "‘’‛ʼʹʻʽ′`´ˈ՚＇", '"': "“”„‟″", ".": "․·•‧", "_": "ˍ",
}  # fmt: skip
_LATIN = str.maketrans({shape: letter for letter, row in _SHAPES.items() for shape in row})
# Pairs that look alike in one case only, so they are not compared without case.
_STROKES = str.maketrans({"I": "l", "1": "l", "|": "l", "0": "O", "o": "O"})
_PAIRS: Mapping[str, str] = MappingProxyType({"rn": "m", "vv": "w", "VV": "W"})
# In addition to controls and format characters: fillers, blanks, and variation selectors.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0").union(
    map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0))
)


def looking_alike(students: Mapping[str, Collection[str]]) -> tuple[tuple[LookAlike, ...], ...]:
    """Return the groups of students whose names look alike.

    Two students with different ids and exactly the same name are no group: that happens.

    Parameters
    ----------
    students : Mapping of str to collection of str
        Ids, each with the other names of the student.

    Returns
    -------
    tuple of tuple of LookAlike
        Each group in the order of `students`, with the text that looks alike: the id, or a name.

    Examples
    --------
    >>> [(one, other)] = looking_alike({"ada": [], "bob": [], "\u0430da ": []})
    >>> one.text, other.text
    ('ada', '\u0430da ')
    """
    spelt: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for student, names in students.items():
        for text in filter(None, (student, *names)):
            for key in _keys(text):
                spelt[key].setdefault(student, text)
    # A student who looks like two others makes one group of the three.
    groups: dict[str, dict[str, str]] = {}
    for texts in spelt.values():
        if len(set(texts.values())) > 1:
            known = [groups[student] for student in texts if student in groups]
            merged = {student: text for group in [*known, texts] for student, text in group.items()}
            groups |= dict.fromkeys(merged, merged)
    ordered: dict[int, list[LookAlike]] = {}
    for student in students:
        if student in groups:
            one = LookAlike(student=student, text=groups[student][student])
            ordered.setdefault(id(groups[student]), []).append(one)
    return tuple(map(tuple, ordered.values()))


def _keys(text: str) -> Iterator[str]:
    """Yield keys that names that look alike have in common."""
    plain = " ".join(_plain(text).split())
    yield f"folded {_composed(plain.casefold())}"
    drawn = plain.translate(_STROKES)
    for pair, letter in _PAIRS.items():
        drawn = drawn.replace(pair, letter)
    yield f"drawn {_composed(drawn)}"


def _plain(text: str) -> str:
    """Return a text with look-alikes as Latin letters, and without invisible characters."""
    apart = unicodedata.normalize("NFKD", text.translate(_LATIN))
    seen = (letter for letter in apart if not _is_unseen(letter))
    return "".join(str(unicodedata.decimal(each, each)) for each in seen).translate(_LATIN)


def _is_unseen(letter: str) -> bool:
    control = unicodedata.category(letter) in ("Cf", "Cc") and not letter.isspace()
    return control or letter in _UNSEEN


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
