#include "client/host/accounts.h"

#include <pwd.h>

#include <set>
#include <string_view>

#include "ca/model/principal.h"

namespace mayfly::client {
namespace {

bool IsLoginShell(std::string_view shell) {
  // An empty shell field means /bin/sh.
  return !shell.ends_with("/nologin") && !shell.ends_with("/false") && !shell.ends_with("/sync");
}

}  // namespace

std::vector<std::string> LocalLogins() {
  std::set<std::string> logins;
  setpwent();
  while (const passwd* entry = getpwent()) {
    if (IsLoginShell(entry->pw_shell) && model::CheckLogin(entry->pw_name).ok()) {
      logins.insert(entry->pw_name);
    }
  }
  endpwent();
  return std::vector<std::string>(logins.begin(), logins.end());
}

}  // namespace mayfly::client
