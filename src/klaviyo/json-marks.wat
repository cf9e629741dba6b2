;; Finds every quote, backslash and control character, sixteen bytes at a time. The loop in `json-marks.ts` that finds
;; them one by one is held equal to it by a test.
;;
;; The bytes are in memory from 0 on, and behind the last of them as many that are no marks as make sixteen. Places are
;; written from `out` on, four bytes each, and up to four more behind the last, which mean nothing.
(module
  (memory (export "memory") 2)

  (func (export "find") (param $length i32) (param $base i32) (param $out i32) (result i32)
    (local $at i32)
    (local $bytes v128)
    (local $mask i32)
    (local $left i32)
    (local $next i32)
    (local $end i32)
    (local.set $end (local.get $out))
    (block $done
      (loop $word
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (local.set $bytes (v128.load (local.get $at)))
        (local.set $mask
          (i8x16.bitmask
            (v128.or
              (v128.or
                (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
                (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c))))
              (i8x16.lt_u (local.get $bytes) (i8x16.splat (i32.const 0x20))))))
        (local.set $left (i32.popcnt (local.get $mask)))
        (local.set $next (local.get $end))
        (local.set $end (i32.add (local.get $end) (i32.shl (local.get $left) (i32.const 2))))
        (if (local.get $left)
          (then
            ;; Four at once, whether there are so many or not: a branch for each costs more than to write it.
            (loop $four
              (i32.store offset=0 (local.get $next)
                (i32.add (local.get $base) (i32.add (local.get $at) (i32.ctz (local.get $mask)))))
              (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
              (i32.store offset=4 (local.get $next)
                (i32.add (local.get $base) (i32.add (local.get $at) (i32.ctz (local.get $mask)))))
              (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
              (i32.store offset=8 (local.get $next)
                (i32.add (local.get $base) (i32.add (local.get $at) (i32.ctz (local.get $mask)))))
              (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
              (i32.store offset=12 (local.get $next)
                (i32.add (local.get $base) (i32.add (local.get $at) (i32.ctz (local.get $mask)))))
              (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
              (local.set $next (i32.add (local.get $next) (i32.const 16)))
              (local.set $left (i32.sub (local.get $left) (i32.const 4)))
              (br_if $four (i32.gt_s (local.get $left) (i32.const 0))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $word)))
    ;; How many there are.
    (i32.shr_u (i32.sub (local.get $end) (local.get $out)) (i32.const 2))))
