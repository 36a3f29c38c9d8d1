"""HTML: what is a heading and what sorts a column is in the markup; no text is run."""

from html.parser import HTMLParser

from harness.reports.layout.html import breakable, html, table_html
from harness.reports.sheet import Column, Table
from tests.support.sheets import COLUMNS, NASTY, NUMBERS, WORDS


class Seen(HTMLParser):
    """The elements with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "wbr":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_markup_says_what_each_cell_is() -> None:
    seen = Seen(html(NASTY))
    assert not seen.open
    assert [each["scope"] for each in seen.all("th")] == ["col"] * 3 + ["row"] * len(WORDS)
    numbers = seen.all("td")[::2]
    assert [each.get("data-sort") for each in numbers] == [None if each is None else repr(each) for each in NUMBERS]
    assert len(seen.all("caption")) == 1
    assert len(seen.all("li")) == 2


def test_what_may_go_over_several_lines_says_so() -> None:
    columns = [Column[str]("case", "case", str), Column[str]("why", "why", str, left=True, wraps=True)]
    assert Seen(table_html(Table.of("", columns, ["a"]))).all("td") == [{"class": "left wraps"}]


def test_text_is_shown_not_run() -> None:
    seen = Seen(html(NASTY))
    assert not seen.all("b")
    assert "<b>|`*x*`|</b>" in seen.text
    assert "ti<tle>" in seen.text


def test_columns_that_always_stay_come_first() -> None:
    seen = Seen(table_html(NASTY.tables[0], sortable=True))
    assert seen.text.splitlines()[1] == "na|menumberseveral"
    turned = Table.of("", COLUMNS[::-1], [0])
    assert Seen(table_html(turned)).text.splitlines()[1] == "na|menumberseveral"
    assert len(seen.all("button")) == 3
    assert seen.all("table") == [{"class": "sortable"}]


def test_a_name_breaks_where_its_parts_meet() -> None:
    assert breakable("a[b_c=1]/d&e") == "a[<wbr>b_<wbr>c=<wbr>1]/<wbr>d&amp;e"
