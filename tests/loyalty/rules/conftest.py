"""Properties are judged by what they show, not by how busy the machine was meanwhile."""

from hypothesis import settings

settings.register_profile("rules", deadline=None, max_examples=60)
settings.load_profile("rules")
