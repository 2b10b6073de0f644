// Keys and certificates made by the real ssh-keygen, made once a test program and only when asked
// for.
#ifndef MAYFLY_TESTS_SSH_KEYGEN_WORLD_H_
#define MAYFLY_TESTS_SSH_KEYGEN_WORLD_H_

#include <string>
#include <string_view>
#include <vector>

#include "ssh/certificate.h"
#include "ssh/private_key.h"
#include "ssh/public_key.h"

namespace mayfly::ssh {

// Types that ssh-keygen makes without a token.
std::vector<KeyType> SoftwareKeyTypes();

// Types that ssh-keygen of any version that we support reads and certifies: all but the composite.
std::vector<KeyType> KeygenTypes();

// The path of a private key of `type` named `name`; its public key stands beside, with .pub. A
// security key's private part is in no file: there is only the .pub.
std::string KeygenKey(KeyType type, std::string_view name);
PublicKey KeygenPublicKey(KeyType type, std::string_view name);
PrivateKey KeygenPrivateKey(KeyType type, std::string_view name);

// The line that `ssh-keygen -s CA <arguments> SUBJECT.pub` writes.
std::string KeygenCertificate(KeyType ca, KeyType subject,
                              const std::vector<std::string>& arguments);

// Where files of this test program may stand.
std::string TestPath(std::string_view name);

// What `ssh-keygen <arguments>` prints; the test fails when its exit code is not 0.
std::string Keygen(const std::vector<std::string>& arguments);

}  // namespace mayfly::ssh

#endif  // MAYFLY_TESTS_SSH_KEYGEN_WORLD_H_
