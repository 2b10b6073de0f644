#ifndef MAYFLY_CLIENT_COMMAND_LINE_APP_H_
#define MAYFLY_CLIENT_COMMAND_LINE_APP_H_

#include "client/context.h"

namespace mayfly::client {

// Parses the command line, runs the command and returns what `mayfly` exits with.
int RunApp(Context& context, int argc, char** argv);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_COMMAND_LINE_APP_H_
