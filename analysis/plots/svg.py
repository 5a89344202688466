"""matplotlib's SVG made fit for a page with `style-src 'self'`: no style attribute, no style element, small.

matplotlib writes style="…" on most elements; under a strict content policy a browser drops them. Each
declaration has a presentation attribute of the same name, which is not style and is kept.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET  # nosec B405 # reads our own drawings only
from typing import TYPE_CHECKING

from analysis.plots.style import house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
ROOT_DEFAULTS = {"stroke-linejoin": "round", "stroke-linecap": "butt"}  # what matplotlib's <style> says
DROPPED = {"metadata", "style"}
REFERENCES = re.compile(r"url\(#([^)]+)\)")
LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
ROUNDED = ("d", "points", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r")


def figure_svg(figure: Figure, *, prefix: str = "", title: str = "") -> str:
    """The figure as an `<svg>` element: the same figure gives the same bytes.

    prefix: put before every id, so that several figures can stand on one page. title: what a screen
    reader says.
    """
    buffer = io.StringIO()
    with house_style():
        figure.savefig(
            buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return without_styles(buffer.getvalue(), prefix=prefix, title=title)


def without_styles(svg: str, *, prefix: str = "", title: str = "") -> str:
    """The same drawing without style elements and attributes, comments, metadata and long decimals.

    Raises ValueError when a declaration has no presentation attribute of its name.
    """
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(svg)  # noqa: S314  # nosec B314 # our own drawing, not a stranger's
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.removeprefix(f"{{{SVG}}}") in DROPPED:
                parent.remove(child)
    for name, value in ROOT_DEFAULTS.items():
        root.set(name, value)
    used = _references(root)
    for element in root.iter():
        _declare(element)
        _rename(element, prefix, used)
        _shorten(element)
    _without_empty_definitions(root)
    root.set("role", "img")
    if title:
        label = ET.Element(f"{{{SVG}}}title")
        label.text = title
        root.insert(0, label)
    return ET.tostring(root, encoding="unicode")


def _references(root: ET.Element) -> set[str]:
    used = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.endswith("href") and value.startswith("#"):
                used.add(value[1:])
            used.update(REFERENCES.findall(value))
    return used


PRESENTATION = frozenset(
    [
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "opacity",
        "clip-path",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "font-stretch",
        "font-variant",
        "text-anchor",
        "mix-blend-mode",
    ]
)


def _declare(element: ET.Element) -> None:
    """Move the declarations of a style attribute into presentation attributes."""
    style = element.attrib.pop("style", "")
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        name, _, value = declaration.partition(":")
        if name.strip() not in PRESENTATION:
            raise ValueError(f"no presentation attribute for {name.strip()!r}")
        element.set(name.strip(), value.strip())


def _rename(element: ET.Element, prefix: str, used: set[str]) -> None:
    """Prefix ids that are referred to, drop the others, which only name matplotlib's parts."""
    for name, value in list(element.attrib.items()):
        if name == "id":
            if value in used:
                element.set(name, prefix + value)
            else:
                del element.attrib[name]
        elif name == f"{{{XLINK}}}href":
            del element.attrib[name]
            element.set("href", f"#{prefix}{value[1:]}" if value.startswith("#") else value)
        elif "url(#" in value:
            element.set(name, REFERENCES.sub(rf"url(#{prefix}\1)", value))


def _shorten(element: ET.Element) -> None:
    """Two decimals of a point are enough for print; scales keep all of theirs."""
    for name in ROUNDED:
        if name in element.attrib:
            element.set(name, LONG_NUMBER.sub(_two_decimals, " ".join(element.attrib[name].split())))
    transform = element.attrib.get("transform", "")
    if transform.startswith("translate") and "scale" not in transform:
        element.set("transform", LONG_NUMBER.sub(_two_decimals, transform))


def _two_decimals(match: re.Match[str]) -> str:
    return f"{float(match.group()):.2f}".rstrip("0").rstrip(".") or "0"


def _without_empty_definitions(root: ET.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{SVG}}}defs" and len(child) == 0:
                parent.remove(child)
