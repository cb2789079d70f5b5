"""Reports as pages that open anywhere: HTML with its charts inside, no script, nothing loaded."""
