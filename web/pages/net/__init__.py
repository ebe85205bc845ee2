"""From gross to net on the pages: a report's block as the values its templates print."""
