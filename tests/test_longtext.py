"""Stored HTML on a page that is read at length."""

import re
from html.parser import HTMLParser

from common.longtext import for_paper, for_screen
from common.text import render


def test_headings_have_ids_and_lead_to_themselves():
    html = render("# What the numbers say\n\nText\n\n### Depth\n\n### Depth")

    assert for_screen(html, under="summary") == (
        '<h3 id="summary-what-the-numbers-say"><a class="anchor"'
        ' href="#summary-what-the-numbers-say">What the numbers say</a></h3>\n<p>Text</p>\n'
        '<h4 id="summary-depth"><a class="anchor" href="#summary-depth">Depth</a></h4>\n'
        '<h4 id="summary-depth-2"><a class="anchor" href="#summary-depth-2">Depth</a></h4>'
    )


def test_the_uppermost_heading_stands_right_below_the_heading_of_its_part():
    for_all = for_screen(render("#### Deep\n\n##### Deeper"), under="impact")

    assert re.findall(r"<h\d", for_all) == ["<h3", "<h4"]


def test_a_heading_that_links_elsewhere_holds_no_other_link():
    html = for_screen(render("## See [this](https://example.org)"), under="impact")

    assert html.count("<a ") == 1
    assert '<h3 id="impact-see-this">' in html


def test_a_heading_without_letters_can_be_pointed_to():
    assert 'id="impact-part"' in for_screen(render("## …"), under="impact")


def test_tables_and_code_can_be_scrolled_by_keyboard():
    html = for_screen(render("| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```"), under="x")

    assert '<div class="scroll-x" tabindex="0" role="region" aria-label="Table"><table>' in html
    assert "</table></div>" in html
    assert '<pre tabindex="0" role="region" aria-label="Code"><code>' in html


def test_a_picture_alone_has_its_words_below_it():
    html = for_screen(render("![The queue at 14:00](file:12)"), under="x")

    assert re.fullmatch(
        r'<figure><img alt="The queue at 14:00" src="[^"]+">'
        r'<figcaption aria-hidden="true">The queue at 14:00</figcaption></figure>',
        html,
    )


def test_a_picture_within_a_sentence_stays_there():
    html = render("Look: ![The queue](file:12)")

    assert for_screen(html, under="x") == html


def test_words_that_look_like_tags_are_never_taken_for_tags():
    html = render('![<h2>" onerror="x"</h2><pre>](file:12 "<table>")\n\n`<h2>` and <pre>')

    names = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, given: names.append((tag, [name for name, _ in given]))
    reader.feed(for_screen(html, under="x"))

    assert names[:2] == [("figure", []), ("img", ["alt", "src", "title"])]
    assert not {"onerror", "id"} & {name for _, given in names for name in given}


def test_paper_gets_the_same_text_without_what_a_hand_would_need():
    html = render("# One\n\n| a |\n|---|\n| 1 |\n\n![Seen](file:12)\n\n```\ncode\n```")

    made = for_paper(html)

    assert made.startswith("<h3>One</h3>")
    assert "<figcaption" in made
    for trace in ("anchor", "tabindex", "scroll-x", " id="):
        assert trace not in made


def test_an_address_that_says_itself_is_marked_for_paper():
    html = for_screen(
        render("https://example.org/?a=1&b=2 and [a page](https://example.org)"), under="x"
    )

    assert html.count('<a class="bare" href="https://example.org/?a=1&amp;b=2"') == 1
    assert html.count('class="bare"') == 1
