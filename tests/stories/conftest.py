"""The street of the API's tests, for stories that walk through several doors."""

from tests.member_portal.conftest import sign_in
from tests.partners.api.conftest import anna, join, offer, phone, rich, street, till

__all__ = ["anna", "join", "offer", "phone", "rich", "sign_in", "street", "till"]
