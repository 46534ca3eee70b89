"""A Celery app like the product's, with one task that does nothing and of which nothing is kept."""

from celery import Task

from config.celery import app


@app.task(base=Task, name="no_op.nothing", queue="nothing")
def nothing() -> None:
    """Only the way there and back."""


def send(number: int) -> None:
    with app.connection_for_write() as connection, connection.channel() as channel:
        producer = app.amqp.Producer(channel)
        for _ in range(number):
            nothing.apply_async(producer=producer, retry=False)
