"""Deciding for the browser: tests whose rules need facts that only the server holds."""

from experiments.services.evaluate.answer import Answer, Answers
from experiments.services.evaluate.question import Question, stated_attributes
from experiments.services.evaluate.remote import evaluate_all, evaluate_remote

__all__ = ["Answer", "Answers", "Question", "evaluate_all", "evaluate_remote", "stated_attributes"]
