#ifndef MAYFLY_CA_AUTHN_LOWER_CASE_H_
#define MAYFLY_CA_AUTHN_LOWER_CASE_H_

#include <string>
#include <string_view>

namespace mayfly::authn {

// Of ASCII alone: host names, UUIDs and what else two spellings mean one thing of.
inline std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_LOWER_CASE_H_
