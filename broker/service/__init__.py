"""The verbs: one public function per use case, over the ports of a Desk."""
