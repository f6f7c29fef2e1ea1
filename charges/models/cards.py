"""Where the processor keeps an account's card. No number of a card ever comes here."""

from django.conf import settings
from django.db import models


class CardCustomer(models.Model):
    """An account at the processor.

    customer_id: blank until it is made.  payment_method_id: the card that is charged; blank = none on file.
    checkout_session_id: a Checkout whose card is yet to be looked for.
    is_attached: the owner told us of a Checkout or has a card: what the API calls having a customer.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    customer_id = models.CharField(max_length=255, null=True, unique=True)
    payment_method_id = models.CharField(max_length=255, blank=True, default="")
    checkout_session_id = models.CharField(max_length=255, blank=True, default="")
    is_attached = models.BooleanField(default=False)
    brand = models.CharField(max_length=32, blank=True, default="")
    last4 = models.CharField(max_length=4, blank=True, default="")
    exp_month = models.PositiveSmallIntegerField(null=True)
    exp_year = models.PositiveSmallIntegerField(null=True)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"card of {self.user_id}"

    @property
    def has_card(self) -> bool:
        return bool(self.customer_id and self.payment_method_id)
