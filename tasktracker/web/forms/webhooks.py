"""Where events go and which.

What an address and a subscription may be is decided in tasks.rules.subscriptions.
"""

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tasks.rules.vocabulary import Event
from tasktracker.outbox.rules.targets import URL_CHARACTERS_MAX
from tasktracker.web.forms.page_form import PageForm, SomeOf
from tasktracker.web.shapes import EVENT_WORDS


def _label(event: Event) -> SafeString:
    words = EVENT_WORDS[event]
    return format_html('<span><code class="event">{}</code><br>{}</span>', event.value, words)


class WebhookForm(PageForm):
    """An address and its events."""

    url = forms.CharField(
        label="Address",
        max_length=URL_CHARACTERS_MAX,
        help_text="Every event is sent there with POST, as signed JSON.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "placeholder": "https://"}),
    )
    events = forms.MultipleChoiceField(
        label="Events",
        choices=[(event.value, _label(event)) for event in Event],
        initial=[event.value for event in Event if event.startswith("task.")],
        widget=SomeOf(),
    )
