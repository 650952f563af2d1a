"""What several pages of sessions show."""

PREVIEW = "/api/v1/sessions/markdown"
