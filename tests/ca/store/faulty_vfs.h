// A disk for SQLite that fails when told, below SQLite itself.
#ifndef MAYFLY_TESTS_CA_STORE_FAULTY_VFS_H_
#define MAYFLY_TESTS_CA_STORE_FAULTY_VFS_H_

namespace mayfly::store {

// While one exists it is SQLite's default file system: the real one, but that the n-th write or
// sync of a file that Arm counts from now fails with `code`, and so do those after it until Disarm.
// Open stores after it is made and close them before it goes.
class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  void Arm(int n, int code);
  // The n-th sync from now of a database itself fails, and those after it, but not those of logs.
  void ArmDatabaseSync(int n);
  // Every write to a database itself fails with `code`, but not those to logs.
  void ArmDatabaseWrites(int code);
  void Disarm();
  bool Struck() const;  // Since Arm.
  // Since it was made.
  int LogWrites() const;  // To write-ahead logs.
  int DatabaseSyncs() const;
};

}  // namespace mayfly::store

#endif  // MAYFLY_TESTS_CA_STORE_FAULTY_VFS_H_
