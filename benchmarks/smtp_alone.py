"""Hand over mails of the size of a reminder, over one connection: PORT NUMBER."""

import smtplib
import sys
from email.message import EmailMessage

WORDS = "One of the things we promised each other is due today. It is done when it is tried.\n"


def main(port: int, number: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for each in range(number):
            mail = EmailMessage()
            mail["From"], mail["To"] = "stories@example.org", f"owner{each}@example.org"
            mail["Subject"] = f"Due today: number {each}"
            mail.set_content(WORDS * 6)
            mail.add_alternative(f"<p>{WORDS * 30}</p>", subtype="html")
            server.send_message(mail)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
