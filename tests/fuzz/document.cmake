mayfly_fuzz(yaml
  SOURCE yaml_fuzz.cc
  DEPS mayfly_document mayfly_document_test_proto)
