/* NVIDIA's management library as far as Stint calls it, without a GPU: it tells what stands in the file beside it, named
   as the library with ".world" behind, and reads it anew at each call. One word a line begins it:
     init CODE                    what nvmlInit_v2 answers; 0 where the line is missing
     gpu UUID MEMORY MIG CODE NAME   a device; MIG 1 where it is in MIG mode; CODE what asking for it answers
     mig UUID MEMORY CODE NAME    an instance of the device before it
     run UUID PID MEMORY          a process that computes there
   No header of the C library is needed, so that any compiler will do. */

typedef unsigned long long u64;
typedef struct { const char *name; void *base; const char *symbol; void *at; } dl_info;
extern int dladdr(const void *, dl_info *);
extern void *fopen(const char *, const char *);
extern char *fgets(char *, int, void *);
extern int fclose(void *);
extern int sscanf(const char *, const char *, ...);
extern int strcmp(const char *, const char *);
extern char *strcpy(char *, const char *);
extern char *strcat(char *, const char *);
extern unsigned long strlen(const char *);
extern void *memset(void *, int, unsigned long);

enum { SUCCESS = 0, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, MOST = 256 };

struct part { char uuid[96], name[96]; u64 memory; int code, mig, device; };
struct use { char uuid[96]; unsigned pid; u64 memory; };
static struct { int init, parts, uses; struct part part[MOST]; struct use use[MOST]; } world;

static void look(void) {
  dl_info self;
  char path[4096], line[512];
  void *file;
  memset(&world, 0, sizeof world);
  if (!dladdr((void *)look, &self) || strlen(self.name) > 4000) return;
  strcat(strcpy(path, self.name), ".world");
  if (!(file = fopen(path, "r"))) return;
  while (fgets(line, sizeof line, file) && world.parts < MOST && world.uses < MOST) {
    struct part *part = &world.part[world.parts];
    struct use *use = &world.use[world.uses];
    sscanf(line, "init %d", &world.init);
    if (sscanf(line, "gpu %95s %llu %d %d %95[^\n]", part->uuid, &part->memory, &part->mig, &part->code, part->name) == 5) {
      part->device = world.parts++;
    } else if (sscanf(line, "mig %95s %llu %d %95[^\n]", part->uuid, &part->memory, &part->code, part->name) == 4) {
      part->device = world.parts ? world.part[world.parts - 1].device : 0;
      world.parts++;
    } else if (sscanf(line, "run %95s %u %llu", use->uuid, &use->pid, &use->memory) == 3) {
      world.uses++;
    }
  }
  fclose(file);
}

/* A handle is a place in the list, from 1. */
static struct part *at(void *handle) {
  u64 place = (u64)handle;
  look();
  return place >= 1 && place <= (u64)world.parts ? &world.part[place - 1] : 0;
}

static int is_device(int place) { return world.part[place].device == place; }

static int text(const char *from, char *to, unsigned length) {
  if (strlen(from) + 1 > length) return TOO_SMALL;
  strcpy(to, from);
  return SUCCESS;
}

int nvmlInit_v2(void) { look(); return world.init; }
int nvmlShutdown(void) { return SUCCESS; }
const char *nvmlErrorString(int code) { return code == 15 ? "GPU is lost" : ""; }

int nvmlDeviceGetCount_v2(unsigned *count) {
  *count = 0;
  look();
  for (int i = 0; i < world.parts; i++) *count += is_device(i);
  return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
  look();
  for (int i = 0; i < world.parts; i++)
    if (is_device(i) && index-- == 0) return *handle = (void *)(u64)(i + 1), world.part[i].code;
  return INVALID;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **handle) {
  look();
  for (int i = 0; i < world.parts; i++)
    if (!strcmp(world.part[i].uuid, uuid)) return *handle = (void *)(u64)(i + 1), SUCCESS;
  return NOT_FOUND;
}

int nvmlDeviceGetName(void *handle, char *name, unsigned length) {
  struct part *part = at(handle);
  return part ? text(part->name, name, length) : INVALID;
}

int nvmlDeviceGetMemoryInfo(void *handle, u64 *total_free_used) {
  struct part *part = at(handle);
  if (!part) return INVALID;
  total_free_used[0] = total_free_used[1] = part->memory;
  total_free_used[2] = 0;
  return SUCCESS;
}

#ifndef WITHOUT_UUID
int nvmlDeviceGetUUID(void *handle, char *uuid, unsigned length) {
  struct part *part = at(handle);
  return part ? text(part->uuid, uuid, length) : INVALID;
}
#endif

#ifndef WITHOUT_MIG
int nvmlDeviceGetMigMode(void *handle, unsigned *current, unsigned *pending) {
  struct part *part = at(handle);
  if (!part) return INVALID;
  *current = *pending = part->mig;
  return part->mig < 0 ? NOT_SUPPORTED : SUCCESS;
}

int nvmlDeviceGetMaxMigDeviceCount(void *handle, unsigned *count) { *count = 7; return at(handle) ? SUCCESS : INVALID; }

/* As with the real one, some places are empty: instance N stands at place 2 N. */
int nvmlDeviceGetMigDeviceHandleByIndex(void *handle, unsigned index, void **mig) {
  int device = (int)(u64)handle - 1;
  if (!at(handle)) return INVALID;
  for (int i = 0, n = 0; i < world.parts; i++)
    if (world.part[i].device == device && i != device && 2 * n++ == (int)index) return *mig = (void *)(u64)(i + 1), world.part[i].code;
  return NOT_FOUND;
}
#endif

#ifndef WITHOUT_PROCESSES
struct running { unsigned pid; u64 memory; unsigned gpu_instance, compute_instance; };

int nvmlDeviceGetComputeRunningProcesses_v3(void *handle, unsigned *count, struct running *found) {
  struct part *part = at(handle);
  unsigned room = *count;
  if (!part) return INVALID;
  *count = 0;
  for (int i = 0; i < world.uses; i++) {
    if (strcmp(world.use[i].uuid, part->uuid)) continue;
    if (*count < room) found[*count] = (struct running){world.use[i].pid, world.use[i].memory, 0, 0};
    ++*count;
  }
  return *count > room ? TOO_SMALL : SUCCESS;
}
#endif
