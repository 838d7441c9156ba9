"""One printed page: the smallest PDF a reader opens."""

from __future__ import annotations

TOP, LEFT, LEADING, SIZE, MOST_LINES = 780, 50, 14, 10, 50


def page_of(lines: list[str]) -> bytes:
    """A PDF of one page with these lines; what does not fit on it is left out."""
    text = "\n".join(f"({_escaped(line)}) Tj T*" for line in lines[:MOST_LINES])
    content = f"BT /F1 {SIZE} Tf {LEADING} TL {LEFT} {TOP} Td\n{text}\nET".encode("cp1252", "replace")
    return _file([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ])


def _file(objects: list[bytes]) -> bytes:
    """The objects with the table of where each begins."""
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return written + head + table + tail


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").replace("\n", " ")
