from django.urls import path

from postmortems import (
    views,
    views_board,
    views_lines,
    views_people,
    views_perspectives,
    views_publication,
    views_report,
    views_text,
)

app_name = "postmortems"

urlpatterns = [
    path("", views.review_list, name="list"),
    path("<str:reference>/", views.detail, name="detail"),
    path("<str:reference>/request/", views.request_review, name="request"),
    path("<str:reference>/move/", views.move, name="move"),
    path("<str:reference>/meeting/", views.set_meeting, name="set_meeting"),
    path("<str:reference>/not-needed/", views.not_needed, name="not_needed"),
    path("<str:reference>/second-reader/", views.hand_over, name="hand_over"),
    path("<str:reference>/changes/", views.ask_for_changes, name="ask_for_changes"),
    # Who takes part, and on what premises
    path("<str:reference>/people/", views_people.people, name="people"),
    path("<str:reference>/people/facilitator/", views_people.assign, name="assign"),
    path("<str:reference>/people/invite/", views_people.invite, name="invite"),
    path("<str:reference>/premises/", views_people.premises, name="premises"),
    path("<str:reference>/word/", views_people.private_word, name="private_word"),
    path("<str:reference>/reply/", views_people.reply, name="reply"),
    # What each person saw
    path("<str:reference>/perspective/", views_perspectives.perspective, name="perspective"),
    path("<str:reference>/perspective/take-back/", views_perspectives.take_back, name="take_back"),
    path(
        "<str:reference>/perspective/quote/", views_perspectives.answer_quote, name="answer_quote"
    ),
    path(
        "<str:reference>/perspectives/<int:pk>/ask/",
        views_perspectives.ask_to_quote,
        name="ask_to_quote",
    ),
    path(
        "<str:reference>/perspectives/open/",
        views_perspectives.open_perspectives,
        name="open_perspectives",
    ),
    path(
        "<str:reference>/perspectives/<int:pk>/bring/",
        views_perspectives.bring_in,
        name="bring_in",
    ),
    # The board
    path("<str:reference>/parts/<str:goal>/", views_board.part, name="part"),
    path("<str:reference>/parts/<str:goal>/add/", views_board.add_finding, name="add_finding"),
    path(
        "<str:reference>/parts/<str:goal>/empty/", views_board.explain_empty, name="explain_empty"
    ),
    path("<str:reference>/cards/<int:pk>/", views_board.edit_finding, name="edit_finding"),
    path("<str:reference>/cards/<int:pk>/move/", views_board.move_finding, name="move_finding"),
    path("<str:reference>/cards/<int:pk>/echo/", views_board.echo, name="echo"),
    path("<str:reference>/cards/<int:pk>/merge/", views_board.merge_finding, name="merge_finding"),
    path(
        "<str:reference>/cards/<int:pk>/remove/", views_board.remove_finding, name="remove_finding"
    ),
    # Factors, what limited it, open questions: lines of one kind
    path("<str:reference>/lines/<slug:kind>/add/", views_lines.add_line, name="add_line"),
    path("<str:reference>/lines/<slug:kind>/<int:pk>/", views_lines.edit_line, name="edit_line"),
    path(
        "<str:reference>/lines/<slug:kind>/<int:pk>/remove/",
        views_lines.remove_line,
        name="remove_line",
    ),
    # The write-up
    path("<str:reference>/story/", views_text.story, name="story"),
    path("<str:reference>/text/<slug:kind>/", views_text.section, name="section"),
    path("<str:reference>/text/<slug:kind>/preview/", views_text.preview, name="preview"),
    path("<str:reference>/text/<slug:kind>/versions/", views_text.versions, name="versions"),
    # The second pair of eyes, the signature, and what readers get
    path("<str:reference>/publish/", views_publication.publish, name="publish"),
    path("<str:reference>/publish/approve/", views_publication.approve, name="approve"),
    path("<str:reference>/publish/replies/", views_publication.note_replies, name="note_replies"),
    path(
        "<str:reference>/publish/prevention/",
        views_publication.explain_no_prevention,
        name="explain_no_prevention",
    ),
    path("<str:reference>/publish/sign/", views_publication.sign, name="sign"),
    path("<str:reference>/published/", views_publication.published, name="published"),
    path(
        "<str:reference>/published/<int:revision>/",
        views_publication.published,
        name="publication",
    ),
    path(
        "<str:reference>/published/<int:before>/to/<int:after>/",
        views_publication.compare,
        name="compare",
    ),
    path("<str:reference>/revise/", views_publication.revise, name="revise"),
    # On paper
    path("<str:reference>/report/", views_report.report, name="report"),
    path("<str:reference>/report.pdf", views_report.report_pdf, name="report_pdf"),
    path("<str:reference>/report/draft/", views_report.make_draft, name="make_draft"),
    path("<str:reference>/report/draft.pdf", views_report.draft_pdf, name="draft_pdf"),
    path("<str:reference>/report/again/", views_report.try_again, name="try_again"),
]
