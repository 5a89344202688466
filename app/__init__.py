"""Who asks and answers: the web service, its worker and its command line."""
