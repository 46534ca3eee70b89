from django.urls import path

from postmortems.views import (
    board,
    lines,
    people,
    perspectives,
    publication,
    report,
    review,
    text,
)

app_name = "postmortems"

urlpatterns = [
    path("", review.review_list, name="list"),
    path("<str:reference>/", review.detail, name="detail"),
    path("<str:reference>/request/", review.request_review, name="request"),
    path("<str:reference>/move/", review.move, name="move"),
    path("<str:reference>/meeting/", review.set_meeting, name="set_meeting"),
    path("<str:reference>/not-needed/", review.not_needed, name="not_needed"),
    path("<str:reference>/second-reader/", review.hand_over, name="hand_over"),
    path("<str:reference>/changes/", review.ask_for_changes, name="ask_for_changes"),
    # Who takes part, and on what premises
    path("<str:reference>/people/", people.people, name="people"),
    path("<str:reference>/people/facilitator/", people.assign, name="assign"),
    path("<str:reference>/people/invite/", people.invite, name="invite"),
    path("<str:reference>/premises/", people.premises, name="premises"),
    path("<str:reference>/word/", people.private_word, name="private_word"),
    path("<str:reference>/reply/", people.reply, name="reply"),
    # What each person saw
    path("<str:reference>/perspective/", perspectives.perspective, name="perspective"),
    path("<str:reference>/perspective/take-back/", perspectives.take_back, name="take_back"),
    path("<str:reference>/perspective/quote/", perspectives.answer_quote, name="answer_quote"),
    path(
        "<str:reference>/perspectives/<int:pk>/ask/",
        perspectives.ask_to_quote,
        name="ask_to_quote",
    ),
    path(
        "<str:reference>/perspectives/open/",
        perspectives.open_perspectives,
        name="open_perspectives",
    ),
    path(
        "<str:reference>/perspectives/<int:pk>/bring/",
        perspectives.bring_in,
        name="bring_in",
    ),
    # The board
    path("<str:reference>/parts/<str:goal>/", board.part, name="part"),
    path("<str:reference>/parts/<str:goal>/add/", board.add_finding, name="add_finding"),
    path("<str:reference>/parts/<str:goal>/empty/", board.explain_empty, name="explain_empty"),
    path("<str:reference>/cards/<int:pk>/", board.edit_finding, name="edit_finding"),
    path("<str:reference>/cards/<int:pk>/move/", board.move_finding, name="move_finding"),
    path("<str:reference>/cards/<int:pk>/echo/", board.echo, name="echo"),
    path("<str:reference>/cards/<int:pk>/merge/", board.merge_finding, name="merge_finding"),
    path("<str:reference>/cards/<int:pk>/remove/", board.remove_finding, name="remove_finding"),
    # Factors, what limited it, open questions: lines of one kind
    path("<str:reference>/lines/<slug:kind>/add/", lines.add_line, name="add_line"),
    path("<str:reference>/lines/<slug:kind>/<int:pk>/", lines.edit_line, name="edit_line"),
    path(
        "<str:reference>/lines/<slug:kind>/<int:pk>/remove/",
        lines.remove_line,
        name="remove_line",
    ),
    # The write-up
    path("<str:reference>/story/", text.story, name="story"),
    path("<str:reference>/text/<slug:kind>/", text.section, name="section"),
    path("<str:reference>/text/<slug:kind>/preview/", text.preview, name="preview"),
    path("<str:reference>/text/<slug:kind>/versions/", text.versions, name="versions"),
    # The second pair of eyes, the signature, and what readers get
    path("<str:reference>/publish/", publication.publish, name="publish"),
    path("<str:reference>/publish/approve/", publication.approve, name="approve"),
    path("<str:reference>/publish/replies/", publication.note_replies, name="note_replies"),
    path(
        "<str:reference>/publish/prevention/",
        publication.explain_no_prevention,
        name="explain_no_prevention",
    ),
    path("<str:reference>/publish/sign/", publication.sign, name="sign"),
    path("<str:reference>/published/", publication.published, name="published"),
    path(
        "<str:reference>/published/<int:revision>/",
        publication.published,
        name="publication",
    ),
    path(
        "<str:reference>/published/<int:before>/to/<int:after>/",
        publication.compare,
        name="compare",
    ),
    path("<str:reference>/revise/", publication.revise, name="revise"),
    # On paper
    path("<str:reference>/report/", report.report, name="report"),
    path("<str:reference>/report.pdf", report.report_pdf, name="report_pdf"),
    path("<str:reference>/report/draft/", report.make_draft, name="make_draft"),
    path("<str:reference>/report/draft.pdf", report.draft_pdf, name="draft_pdf"),
    path("<str:reference>/report/again/", report.try_again, name="try_again"),
]
