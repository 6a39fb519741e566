"""The acute trust's FHIR server: JavaScript, which travels with the package."""
