// Names of parameterised tests.
#ifndef MAYFLY_TESTS_SSH_CASE_NAME_H_
#define MAYFLY_TESTS_SSH_CASE_NAME_H_

#include <string>

#include "gtest/gtest.h"
#include "ssh/public_key.h"

namespace mayfly::ssh {

template <typename Case>
std::string CaseName(const ::testing::TestParamInfo<Case>& test) {
  return test.param.name;
}

inline std::string KeyTypeCaseName(const ::testing::TestParamInfo<KeyType>& test) {
  std::string name(KeyTypeShortName(test.param));
  std::erase(name, '-');
  return name;
}

}  // namespace mayfly::ssh

#endif  // MAYFLY_TESTS_SSH_CASE_NAME_H_
