#ifndef MAYFLY_CA_MODEL_LOGIN_NONCE_H_
#define MAYFLY_CA_MODEL_LOGIN_NONCE_H_

#include <cstddef>
#include <string>

#include "base/bytes.h"

namespace mayfly::model {

inline constexpr size_t kNonceSeedSize = 32;

// The `nonce` of OpenID Connect that a login asks its provider for and that the CA expects in the
// ID token: base64url(SHA-256(session key blob || seed)). The seed comes in the signed call, so a
// stolen token is good for no other key.
std::string LoginNonce(BytesView session_key_blob, BytesView seed);

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_LOGIN_NONCE_H_
