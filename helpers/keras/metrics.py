"""Metrics for `compile`, on logits (or on the scores of a sigmoid)."""

import keras
from keras import KerasTensor, ops

from helpers.keras import losses


@keras.saving.register_keras_serializable("helpers")
class MeanIoU(keras.metrics.MeanIoU):
    """Mean over classes of the IoU, pooled over all pixels seen: 0..1.

    Called with masks (N, H, W) and logits (N, H', W', classes). Classes that occur
    nowhere are left out. threshold: where the answer turns for one class.
    """

    def __init__(
        self, classes: int, threshold: float = 0.0, name: str = "mean_iou", **kwargs
    ) -> None:
        super().__init__(max(classes, 2), name=name, **kwargs)
        self.classes, self.threshold = classes, threshold

    def update_state(
        self,
        masks: KerasTensor,
        logits: KerasTensor,
        sample_weight: KerasTensor | None = None,
    ) -> None:
        """Count the pixels of one batch."""
        masks = losses.cut_to(masks, logits)
        return super().update_state(masks, labels(logits, self.threshold))

    def get_config(self) -> dict:
        """What `from_config` needs to make the metric again."""
        return {
            "classes": self.classes,
            "threshold": self.threshold,
            "name": self.name,
            "dtype": self.dtype,
        }


@keras.saving.register_keras_serializable("helpers")
class Accuracy(keras.metrics.Mean):
    """Share of the pixels whose class is right: 0..1; arguments as in `MeanIoU`."""

    def __init__(
        self, threshold: float = 0.0, name: str = "accuracy", **kwargs
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.threshold = threshold

    def update_state(
        self,
        masks: KerasTensor,
        logits: KerasTensor,
        sample_weight: KerasTensor | None = None,
    ) -> None:
        """Count the pixels of one batch."""
        masks = ops.cast(losses.cut_to(masks, logits), "int32")
        right = ops.equal(masks, labels(logits, self.threshold))
        return super().update_state(ops.cast(right, "float32"))

    def get_config(self) -> dict:
        """What `from_config` needs to make the metric again."""
        return {**super().get_config(), "threshold": self.threshold}


@keras.saving.register_keras_serializable("helpers")
class CrossEntropy(keras.metrics.Mean):
    """Mean cross-entropy a pixel, in nats, beside a loss that is another."""

    def __init__(self, name: str = "cross_entropy", **kwargs) -> None:
        super().__init__(name=name, **kwargs)

    def update_state(
        self,
        masks: KerasTensor,
        logits: KerasTensor,
        sample_weight: KerasTensor | None = None,
    ) -> None:
        """Add the images of one batch."""
        # The function of that name refuses the floats that `fit` may hand on.
        mean = losses.make("cross_entropy", logits.shape[-1])(masks, logits)
        return super().update_state(mean, ops.cast(ops.shape(logits)[0], "float32"))


def labels(logits: KerasTensor, threshold: float = 0.0) -> KerasTensor:
    """The likeliest class of each pixel: (N, H, W, classes) -> (N, H, W) int32."""
    if logits.shape[-1] == 1:
        return ops.cast(logits[..., 0] > threshold, "int32")
    return ops.cast(ops.argmax(logits, axis=-1), "int32")
