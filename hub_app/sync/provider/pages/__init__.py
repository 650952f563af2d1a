"""Sources behind web pages: signed in by a form, read as lists with links to detail pages, by selectors that can be set."""
