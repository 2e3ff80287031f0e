#include "tests/collector/sqlite_disk.h"

#include <sqlite3.h>

#include <cstddef>
#include <new>

namespace vdiwatch::collector {
namespace {

WatchedDisk* g_disk = nullptr;  // sqlite3_vfs has no room for more than one in a test
sqlite3_vfs* g_real = nullptr;
sqlite3_vfs g_vfs;
sqlite3_io_methods g_methods;

// Our part of an open file; the real one's follows it.
struct File {
  sqlite3_file base;
  const char* name;  // SQLite's own; it lives as long as the file is open
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
sqlite3_file* Real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }
const char* Name(sqlite3_file* file) { return reinterpret_cast<File*>(file)->name; }
const sqlite3_io_methods* Methods(sqlite3_file* file) { return Real(file)->pMethods; }

int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  sqlite3_int64 length = 0;
  Methods(file)->xFileSize(Real(file), &length);
  sqlite3_int64 growth = offset + size - length;
  if (growth > 0 && !g_disk->TakeRoom(growth)) return SQLITE_FULL;
  if (DiskWitness* witness = g_disk->witness()) {
    std::string_view written(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    witness->Wrote(Name(file), written, offset);
  }
  return Methods(file)->xWrite(Real(file), bytes, size, offset);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (DiskWitness* witness = g_disk->witness()) witness->Truncated(Name(file), size);
  return Methods(file)->xTruncate(Real(file), size);
}

int Sync(sqlite3_file* file, int flags) {
  g_disk->CountSync();
  int code = Methods(file)->xSync(Real(file), flags);
  DiskWitness* witness = g_disk->witness();
  if (witness && code == SQLITE_OK) witness->Synced(Name(file));
  return code;
}

sqlite3_io_methods MakeMethods() {
  sqlite3_io_methods methods{};
  methods.iVersion = 2;  // with shared memory, without mapped files
  methods.xClose = [](sqlite3_file* f) { return Methods(f)->xClose(Real(f)); };
  methods.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
    return Methods(f)->xRead(Real(f), to, size, at);
  };
  methods.xWrite = Write;
  methods.xTruncate = Truncate;
  methods.xSync = Sync;
  methods.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
    return Methods(f)->xFileSize(Real(f), size);
  };
  methods.xLock = [](sqlite3_file* f, int level) { return Methods(f)->xLock(Real(f), level); };
  methods.xUnlock = [](sqlite3_file* f, int level) { return Methods(f)->xUnlock(Real(f), level); };
  methods.xCheckReservedLock = [](sqlite3_file* f, int* out) {
    return Methods(f)->xCheckReservedLock(Real(f), out);
  };
  methods.xFileControl = [](sqlite3_file* f, int op, void* argument) {
    return Methods(f)->xFileControl(Real(f), op, argument);
  };
  methods.xSectorSize = [](sqlite3_file* f) { return Methods(f)->xSectorSize(Real(f)); };
  methods.xDeviceCharacteristics = [](sqlite3_file* f) {
    return Methods(f)->xDeviceCharacteristics(Real(f));
  };
  methods.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** to) {
    return Methods(f)->xShmMap(Real(f), page, size, extend, to);
  };
  methods.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
    return Methods(f)->xShmLock(Real(f), offset, n, flags);
  };
  methods.xShmBarrier = [](sqlite3_file* f) { Methods(f)->xShmBarrier(Real(f)); };
  methods.xShmUnmap = [](sqlite3_file* f, int remove) {
    return Methods(f)->xShmUnmap(Real(f), remove);
  };
  return methods;
}

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  reinterpret_cast<File*>(file)->name = name ? name : "";
  int code = g_real->xOpen(g_real, name, Real(file), flags, out_flags);
  // A file whose real part has methods will be closed through ours, even if opening failed.
  file->pMethods = Real(file)->pMethods ? &g_methods : nullptr;
  return code;
}

int Delete(sqlite3_vfs*, const char* name, int sync_folder) {
  if (DiskWitness* witness = g_disk->witness()) witness->Deleted(name);
  return g_real->xDelete(g_real, name, sync_folder);
}

}  // namespace

WatchedDisk::WatchedDisk() : former_(sqlite3_vfs_find(nullptr)) {
  g_disk = this;
  g_real = former_;
  g_methods = MakeMethods();
  g_vfs = *g_real;  // everything but opening and deleting is the real one's
  g_vfs.szOsFile = static_cast<int>(sizeof(File)) + g_real->szOsFile;
  g_vfs.zName = "watched";
  g_vfs.pNext = nullptr;
  g_vfs.xOpen = Open;
  g_vfs.xDelete = Delete;
  sqlite3_vfs_register(&g_vfs, 1);
}

WatchedDisk::~WatchedDisk() {
  sqlite3_vfs_register(former_, 1);
  sqlite3_vfs_unregister(&g_vfs);
}

bool WatchedDisk::TakeRoom(std::int64_t bytes) {
  if (room_ < 0) return true;
  if (room_ < bytes) return false;
  room_ -= bytes;
  return true;
}

}  // namespace vdiwatch::collector
