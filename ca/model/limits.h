#ifndef MAYFLY_CA_MODEL_LIMITS_H_
#define MAYFLY_CA_MODEL_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace mayfly::model {

// What one daemon gives to all and to each. A source is an IPv4 address or an IPv6 /64, which one
// customer has whole. The local socket has no source and no rates: whoever owns the machine must
// reach the CA when nobody else does. docs/configuration.md says what each is for.
struct Limits {
  int max_connections = 1024;
  int max_connections_per_source = 128;
  // Connections that have not made a call yet: handshakes, probes, idlers. The oldest makes room.
  int max_silent_connections = 256;
  int max_silent_connections_per_source = 32;
  absl::Duration first_call_within = absl::Seconds(10);

  int max_streams_per_connection = 128;
  int max_message_size = 256 << 10;  // Eight documents of 64 KiB never come near.

  // A call that waited longer than this for its turn is not begun.
  absl::Duration request_timeout = absl::Seconds(10);
  int max_in_flight = 1024;
  int max_in_flight_per_source = 256;

  // Sustained rates; bursts of two seconds' (or a minute's) worth are fine.
  int calls_per_second_per_source = 1000;
  int calls_per_second_per_subject = 200;
  int refusals_per_minute_per_source = 600;   // Strangers: beyond, their calls are not looked at.
  int refusals_per_minute_per_subject = 120;  // Each is an event in the ledger.
  int stranger_log_lines_per_minute = 120;    // Beyond, they are counted.

  // Of the state directory's file system. Below, nothing is issued: the rest is for what takes
  // standing away.
  int min_free_disk_mib = 64;
};

// Taken beside max_in_flight: half for operators' methods, half for the local socket.
inline constexpr int kReservedInFlight = 64;

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_LIMITS_H_
