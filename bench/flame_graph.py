"""Draws sampled stacks as a flame graph: one SVG file, no script and nothing from the network.

The width of a box is its share of all samples; what it called stands above it. Hovering shows the
whole name and the share.
"""
import html
import re

WIDTH, ROW, FONT, MARGIN = 1600, 16, 11, 10
NARROWEST = 0.4  # Pixels: thinner boxes cannot be seen.
TEMPLATE = re.compile(r"<[^<>]*>")


def short_name(symbol):
    """The name without template arguments, which make Asio's frames longer than the screen."""
    while TEMPLATE.search(symbol):
        symbol = TEMPLATE.sub("", symbol)
    return symbol.replace("returnflows::", "").replace("boost::asio::", "asio::")


class Box:
    """One function at one place of the call tree."""

    def __init__(self):
        self.samples = 0
        self.callees = {}

    def add(self, frames):
        box = self
        box.samples += 1
        for frame in frames:
            box = box.callees.setdefault(frame, Box())
            box.samples += 1

    def depth(self):
        return 1 + max((callee.depth() for callee in self.callees.values()), default=0)


def colour(name):
    """Kernel and libraries cold, our own code warm; the same name always the same shade."""
    shade = sum(name.encode()) % 55
    if "::" in name and not name.startswith(("asio::", "std::")):
        return f"rgb({200 + shade},{90 + shade},60)"
    if name.startswith(("asio::", "std::")):
        return f"rgb({180 + shade},{170 + shade},90)"
    return f"rgb(110,{150 + shade},{180 + shade})"


def draw(out, name, box, left, scale, level, height, total):
    width = box.samples * scale
    if width < NARROWEST:
        return
    top = height - MARGIN - (level + 1) * ROW
    letters = int(width / (FONT * 0.6))
    label = name if len(name) <= letters else name[:max(0, letters - 1)] + "…" * (letters > 3)
    text = (f'<text x="{left + 2:.1f}" y="{top + ROW - 4}">{html.escape(label)}</text>'
            if letters > 3 else "")
    out.append(f'<g><title>{html.escape(name)}: {box.samples / total:.1%}</title>'
               f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 1}" '
               f'fill="{colour(name)}"/>{text}</g>')
    for callee, inner in sorted(box.callees.items()):
        draw(out, callee, inner, left, scale, level + 1, height, total)
        left += inner.samples * scale


def svg(title, samples):
    """`samples`: (thread, frames from the outermost in) each."""
    root = Box()
    for thread, frames in samples:
        root.add([thread] + [short_name(frame) for frame in frames if frame != "[unknown]"])
    height = root.depth() * ROW + 4 * MARGIN + ROW
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
           f'font-family="monospace" font-size="{FONT}">',
           f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
           f'<text x="{MARGIN}" y="{MARGIN + FONT}" font-size="14">{html.escape(title)}, '
           f'{root.samples} samples</text>']
    if root.samples:
        draw(out, "all", root, MARGIN, (WIDTH - 2 * MARGIN) / root.samples, 0, height, root.samples)
    return "\n".join(out) + "\n</svg>\n"
