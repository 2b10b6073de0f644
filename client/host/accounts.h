#ifndef MAYFLY_CLIENT_HOST_ACCOUNTS_H_
#define MAYFLY_CLIENT_HOST_ACCOUNTS_H_

#include <string>
#include <vector>

namespace mayfly::client {

// The login names of this host that somebody could log in to: a shell that is not nologin or false,
// and a name that a certificate may carry. Sorted. Reads the name service (getpwent).
std::vector<std::string> LocalLogins();

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_ACCOUNTS_H_
