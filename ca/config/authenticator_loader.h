// The `authenticators` of the configuration file. Private to the loader.
#ifndef MAYFLY_CA_CONFIG_AUTHENTICATOR_LOADER_H_
#define MAYFLY_CA_CONFIG_AUTHENTICATOR_LOADER_H_

#include <string>
#include <vector>

#include "ca/config/config.h"
#include "document/diagnostic.h"
#include "document/source_map.h"
#include "mayfly/v1/config.pb.h"

namespace mayfly::config {

// Mistakes go into `errors`. Relative paths start from `folder`.
std::vector<Authenticator> ReadAuthenticators(const v1::ConfigFile& file,
                                              const document::SourceMap& map,
                                              const std::string& folder,
                                              document::Diagnostics& errors);

}  // namespace mayfly::config

#endif  // MAYFLY_CA_CONFIG_AUTHENTICATOR_LOADER_H_
