from django.urls import path

from postmortems.views import (
    board,
    combining,
    comments,
    confidential,
    covering,
    lines,
    live,
    meeting,
    meeting_mode,
    people,
    perspectives,
    process,
    protection,
    public,
    publication,
    pulse,
    question_bank,
    report,
    review,
    shelving,
    text,
    wording,
)

app_name = "postmortems"

urlpatterns = [
    path("", review.review_list, name="list"),
    path("export.csv", review.export_csv, name="export_csv"),
    path("export.json", review.export_json, name="export_json"),
    path("export.md", review.export_markdown, name="export_markdown"),
    path("export.pdf", review.export_pdf, name="export_pdf"),
    # How the organisation reviews, for administrators
    path("protection/", protection.protection, name="protection"),
    path("rules/", process.due_rules, name="due_rules"),
    path("templates/", process.templates, name="templates"),
    path("what-saved-us/", lines.what_saved_us, name="what_saved_us"),
    path("questions-to-ask/", question_bank.bank, name="bank"),
    path("questions-to-ask/new/", question_bank.bank_question, name="new_bank_question"),
    path("questions-to-ask/<int:pk>/", question_bank.bank_question, name="bank_question"),
    path(
        "questions-to-ask/<int:pk>/arrange/",
        question_bank.arrange_bank_question,
        name="arrange_bank_question",
    ),
    path("public/", public.public_switch, name="public_switch"),
    path("<reference:reference>/", review.detail, name="detail"),
    # Hints for words that are being written
    path("wording/", wording.hints, name="hints"),
    path("<reference:reference>/wording/", wording.hints_here, name="hints_here"),
    path("<reference:reference>/wording/keep/", wording.keep_wording, name="keep_wording"),
    path("<reference:reference>/live/", live.live, name="live"),
    path("<reference:reference>/writing/", live.writing, name="writing"),
    path("<reference:reference>/request/", review.request_review, name="request"),
    path("<reference:reference>/move/", review.move, name="move"),
    path("<reference:reference>/depth/", review.set_depth, name="set_depth"),
    path("<reference:reference>/meeting.ics", meeting.meeting_file, name="meeting_file"),
    path("<reference:reference>/not-needed/", review.not_needed, name="not_needed"),
    path("<reference:reference>/second-reader/", review.hand_over, name="hand_over"),
    path("<reference:reference>/changes/", review.ask_for_changes, name="ask_for_changes"),
    path("<reference:reference>/also/", covering.cover, name="cover"),
    path("<reference:reference>/also/<int:pk>/remove/", covering.uncover, name="uncover"),
    # Who takes part, and on what premises
    path("<reference:reference>/people/", people.people, name="people"),
    path("<reference:reference>/people/facilitator/", people.assign, name="assign"),
    path("<reference:reference>/people/offer/", people.offer, name="offer"),
    path("<reference:reference>/people/learners/", people.seat, name="seat"),
    path("<reference:reference>/people/learners/<int:pk>/remove/", people.unseat, name="unseat"),
    path("<reference:reference>/people/invite/", people.invite, name="invite"),
    path("<reference:reference>/people/<int:pk>/uninvite/", people.uninvite, name="uninvite"),
    path("<reference:reference>/people/meeting/", meeting.set_meeting, name="set_meeting"),
    path("<reference:reference>/premises/", people.premises, name="premises"),
    path("<reference:reference>/not-involved/", people.not_involved, name="not_involved"),
    path("<reference:reference>/word/", people.private_word, name="private_word"),
    path("<reference:reference>/reply/", people.reply, name="reply"),
    # What each person saw
    path("<reference:reference>/perspective/", perspectives.perspective, name="perspective"),
    path("<reference:reference>/perspective/take-back/", perspectives.take_back, name="take_back"),
    path(
        "<reference:reference>/perspective/quote/", perspectives.answer_quote, name="answer_quote"
    ),
    path("<reference:reference>/perspectives/", perspectives.side_by_side, name="side_by_side"),
    path(
        "<reference:reference>/perspectives/<int:pk>/ask/",
        perspectives.ask_to_quote,
        name="ask_to_quote",
    ),
    path(
        "<reference:reference>/perspectives/open/",
        perspectives.open_perspectives,
        name="open_perspectives",
    ),
    path(
        "<reference:reference>/perspectives/<int:pk>/bring/",
        perspectives.bring_in,
        name="bring_in",
    ),
    # What somebody tells whose name is kept nowhere
    path("<reference:reference>/note/", confidential.note, name="note"),
    path("<reference:reference>/note/code/", confidential.note_again, name="note_again"),
    path("<reference:reference>/notes/", confidential.notes, name="notes"),
    path("<reference:reference>/notes/<uuid:pk>/", confidential.read_note, name="read_note"),
    path("<reference:reference>/notes/<uuid:pk>/ask/", confidential.ask_note, name="ask_note"),
    path(
        "<reference:reference>/notes/<uuid:pk>/aside/",
        confidential.set_aside_note,
        name="set_aside_note",
    ),
    path(
        "<reference:reference>/notes/<uuid:pk>/release/",
        confidential.release_note,
        name="release_note",
    ),
    path("<reference:reference>/notes/<uuid:pk>/card/", confidential.bring_note, name="bring_note"),
    # The board
    path("<reference:reference>/parts/<str:goal>/", board.part, name="part"),
    path("<reference:reference>/parts/<str:goal>/add/", board.add_finding, name="add_finding"),
    path(
        "<reference:reference>/parts/<str:goal>/empty/", board.explain_empty, name="explain_empty"
    ),
    path("<reference:reference>/cards/<int:pk>/", board.edit_finding, name="edit_finding"),
    path("<reference:reference>/cards/<int:pk>/move/", board.move_finding, name="move_finding"),
    path("<reference:reference>/cards/<int:pk>/echo/", board.echo, name="echo"),
    path("<reference:reference>/cards/<int:pk>/merge/", board.merge_finding, name="merge_finding"),
    path("<reference:reference>/cards/<int:pk>/apart/", board.take_apart, name="take_apart"),
    path(
        "<reference:reference>/cards/<int:pk>/remove/", board.remove_finding, name="remove_finding"
    ),
    # The meeting
    path("<reference:reference>/meeting/", meeting_mode.meeting_mode, name="meeting"),
    path("<reference:reference>/meeting/now/", meeting_mode.meeting_now, name="meeting_now"),
    path("<reference:reference>/meeting/run/", meeting_mode.run_meeting, name="run_meeting"),
    path("<reference:reference>/meeting/capture/", meeting_mode.capture, name="capture"),
    path("<reference:reference>/meeting/agenda/", meeting_mode.plan_meeting, name="plan_meeting"),
    # Factors, what limited it, open questions: lines of one kind
    path("<reference:reference>/lines/<slug:kind>/add/", lines.add_line, name="add_line"),
    path("<reference:reference>/lines/<slug:kind>/<int:pk>/", lines.edit_line, name="edit_line"),
    path(
        "<reference:reference>/lines/<slug:kind>/<int:pk>/remove/",
        lines.remove_line,
        name="remove_line",
    ),
    path("<reference:reference>/questions/<int:pk>/", lines.question, name="question"),
    # What people say about it
    path("<reference:reference>/readers/", comments.readers, name="readers"),
    path("<reference:reference>/comments/<slug:place>/", comments.comments, name="comments"),
    path(
        "<reference:reference>/comments/<slug:place>/add/",
        comments.add_comment,
        name="add_comment",
    ),
    path(
        "<reference:reference>/comments/<slug:place>/settle/",
        comments.settle_comments,
        name="settle_comments",
    ),
    path(
        "<reference:reference>/comment/<int:pk>/edit/", comments.edit_comment, name="edit_comment"
    ),
    path(
        "<reference:reference>/comment/<int:pk>/remove/",
        comments.remove_comment,
        name="remove_comment",
    ),
    path(
        "<reference:reference>/comment/<int:pk>/reopen/",
        comments.reopen_comment,
        name="reopen_comment",
    ),
    # The write-up
    path("<reference:reference>/story/", text.story, name="story"),
    path("<reference:reference>/noticing/", text.noticing, name="noticing"),
    path("<reference:reference>/text/<slug:kind>/", text.section, name="section"),
    path("<reference:reference>/text/<slug:kind>/preview/", text.preview, name="preview"),
    path("<reference:reference>/text/<slug:kind>/versions/", text.versions, name="versions"),
    path(
        "<reference:reference>/text/<slug:kind>/versions/<int:version>/restore/",
        text.restore,
        name="restore",
    ),
    path("<reference:reference>/uncombine/", combining.uncombine, name="uncombine"),
    # The second pair of eyes, the signature, and what readers get
    path("<reference:reference>/publish/", publication.publish, name="publish"),
    path("<reference:reference>/publish/approve/", publication.approve, name="approve"),
    path("<reference:reference>/publish/replies/", publication.note_replies, name="note_replies"),
    path(
        "<reference:reference>/publish/prevention/",
        publication.explain_no_prevention,
        name="explain_no_prevention",
    ),
    path("<reference:reference>/publish/sign/", publication.sign, name="sign"),
    path(
        "<reference:reference>/publish/take-back/",
        publication.take_back,
        name="take_publication_back",
    ),
    path("<reference:reference>/published/", publication.published, name="published"),
    path(
        "<reference:reference>/published/<int:revision>/",
        publication.published,
        name="publication",
    ),
    path(
        "<reference:reference>/published/<int:before>/to/<int:after>/",
        publication.compare,
        name="compare",
    ),
    path(
        "<reference:reference>/published/questions/<int:pk>/",
        lines.offer_answer,
        name="offer_answer",
    ),
    path("<reference:reference>/archive/", shelving.archive, name="archive"),
    path("<reference:reference>/archive/back/", shelving.bring_back, name="bring_back"),
    path("<reference:reference>/revise/", publication.revise, name="revise"),
    path("<reference:reference>/pulse/", pulse.pulse_page, name="pulse"),
    # What outsiders read
    path("<reference:reference>/public/", public.public_edition, name="public_edition"),
    path("<reference:reference>/public/out/", public.put_public, name="put_public"),
    path("<reference:reference>/public/withdraw/", public.withdraw_public, name="withdraw_public"),
    # On paper
    path("<reference:reference>/report/", report.report, name="report"),
    path("<reference:reference>/report.pdf", report.report_pdf, name="report_pdf"),
    path("<reference:reference>/report/draft/", report.make_draft, name="make_draft"),
    path("<reference:reference>/report/draft.pdf", report.draft_pdf, name="draft_pdf"),
    path("<reference:reference>/report/again/", report.try_again, name="try_again"),
]
