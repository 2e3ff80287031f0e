# Builds the dashboard and embeds it into the server library; replaced by the real thing.
